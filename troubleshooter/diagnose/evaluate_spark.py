"""The engine for many machines: Apache Spark evaluates the same statement over the same files.

PySpark is the extra `spark`. Without a cluster it runs inside this machine, on loopback alone. All that Spark
and Java say goes to a log, which is kept only when something failed.
"""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any

from troubleshooter.diagnose.evaluate_duckdb import EvaluationFailed, gather
from troubleshooter.diagnose.portable import depth, fleet_sql, spark_sql
from troubleshooter.diagnose.rulebook import Rulebook
from troubleshooter.errors import RunFailed, UsageError

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

LOG = "spark.log"
_VIEW = "evidence_files"
# What the words of the statement mean must not depend on anybody's spark-defaults.conf.
_MEANING = {
    "spark.sql.ansi.enabled": "true",
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.parquet.inferTimestampNTZ.enabled": "true",
    "spark.sql.parser.escapedStringLiterals": "false",
    "spark.sql.variable.substitute": "false",  # or ${name} inside a text would be replaced
    "spark.sql.legacy.interval.enabled": "false",
    "spark.sql.files.ignoreCorruptFiles": "false",
    "spark.sql.files.ignoreMissingFiles": "false",
    "spark.sql.parquet.compression.codec": "zstd",
    "spark.sql.catalogImplementation": "in-memory",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.app.name": "photo-troubleshooter evaluate",
}
_HOW = {
    "spark.sql.codegen.wholeStage": ("false", "true"),
    "spark.sql.codegen.factoryMode": ("NO_CODEGEN", "FALLBACK"),
    "spark.sql.subexpressionElimination.enabled": ("false", "true"),
}
_DEEP = 12  # measured: 16 levels cost nothing yet, 28 exhaust a gigabyte; ours have 6 at most
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9 .@+=()_-]*")
_WILD = re.compile(r"[*?\[\]{}]")
_LOOPBACK = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}


class SparkMissing(UsageError):
    """PySpark or Java is not installed."""


class SparkFailed(RunFailed):
    """Spark did not start."""


class SparkEngine:
    """A running Spark; use it as a context manager. `folder` is where every worker can read and write."""

    name = "spark"

    def __init__(self, master: str, folder: Path) -> None:
        self.master = master
        self.folder = folder
        self.version = ""

    def __enter__(self) -> SparkEngine:
        _check_installed(self.master)
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.scratch = Path(tempfile.mkdtemp(prefix=".spark-", dir=self.folder)).resolve()
        try:
            self.spark = self._start()
        except BaseException:
            self._clean()
            raise
        self.version = str(self.spark.version)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, problem: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.spark.stop()
        self._clean()

    def write(self, files: Sequence[Path], rulebook: Rulebook, target: Path) -> None:
        """Every worker writes its part; then the parts become one file."""
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        parts = self.scratch / "parts"
        try:
            self._weigh(rulebook)
            self.read(files).createOrReplaceTempView(_VIEW)
            verdicts = self.spark.sql(spark_sql(fleet_sql(rulebook, _VIEW)))
            verdicts.write.mode("overwrite").parquet(_address(parts))
        except (PySparkException, Py4JError) as problem:
            raise EvaluationFailed(
                "Apache Spark could not evaluate the evidence ({reason}).",
                "Look at {log}, or leave --engine out: DuckDB evaluates the same files.",
                reason=_reason(str(problem)),
                log=str(self._keep_log()),
            ) from problem
        gather(parts, target)

    def _weigh(self, rulebook: Rulebook) -> None:
        """Java code made from deeply nested rules grows beyond all memory: those are interpreted."""
        deep = max(map(depth, rulebook.expressions), default=0) > _DEEP
        for key, (plain, compiled) in _HOW.items():
            self.spark.conf.set(key, plain if deep else compiled)

    def read(self, files: Sequence[Path]) -> Any:
        """The files as one relation."""
        addresses = [_address(self._plainly_named(file)) for file in files]
        # Without the option the folder of --out could hold a sign that stands for other folders.
        return self.spark.read.option("__globPaths__", "false").parquet(*addresses)

    def _plainly_named(self, file: Path) -> Path:
        """Spark leaves out names that begin with a dot or an underscore, and stumbles over colons."""
        if _PLAIN_NAME.fullmatch(file.name) and not _WILD.search(str(file.parent)):
            return file
        links = self.scratch / "links"
        links.mkdir(exist_ok=True)
        link = links / f"{hashlib.sha256(str(file).encode('utf-8', 'surrogateescape')).hexdigest()}.parquet"
        if not link.exists():
            try:
                link.hardlink_to(file)
            except OSError:
                shutil.copyfile(file, link)
        return link

    def _start(self) -> SparkSession:
        from py4j.protocol import Py4JError
        from pyspark import SparkConf, SparkContext
        from pyspark.errors import PySparkException
        from pyspark.java_gateway import launch_gateway
        from pyspark.sql import SparkSession

        here = self.master.startswith("local")
        conf = SparkConf().setMaster(self.master)
        folders = {"spark.local.dir": str(self.scratch), "spark.sql.warehouse.dir": _address(self.scratch)}
        for key, value in {**_MEANING, **folders, **(_LOOPBACK if here else {})}.items():
            conf.set(key, value)
        try:
            with (self.scratch / LOG).open("wb") as log, _environment(here):
                launch: Any = launch_gateway
                gateway = launch(conf, popen_kwargs={"stdout": log, "stderr": log})
            return SparkSession(SparkContext(conf=conf, gateway=gateway))
        except (PySparkException, Py4JError, OSError) as problem:
            raise SparkFailed(
                "Apache Spark did not start ({reason}).",
                "Look at {log}: the address of --master must be right, and Java 17 or newer installed.",
                reason=_reason(str(problem)),
                log=str(self._keep_log()),
            ) from problem

    def _keep_log(self) -> Path:
        kept = self.folder / LOG
        shutil.copyfile(self.scratch / LOG, kept)
        kept.chmod(0o600)
        return kept

    def _clean(self) -> None:
        shutil.rmtree(self.scratch, ignore_errors=True)


def _check_installed(master: str) -> None:
    if master.startswith("sc://"):
        raise UsageError(
            "{master} is an address of Spark Connect, which this command does not speak.",
            "Give the address of the cluster itself, such as spark://host:7077, yarn or local[*].",
            master=master,
        )
    try:
        import pyspark  # noqa: F401
    except ImportError as missing:
        raise SparkMissing(
            "The engine spark needs the package {package}, which is not installed.",
            "Install it with: pip install 'photo-troubleshooter[spark]', or leave --engine out: DuckDB needs "
            "nothing more.",
            package=missing.name or "pyspark",
        ) from missing
    home = os.environ.get("JAVA_HOME")
    if shutil.which("java", path=str(Path(home) / "bin") if home else None) is None:
        raise SparkMissing(
            "Apache Spark needs Java, which is not installed or not found.",
            "Install Java 17 or newer (on Debian and Ubuntu: apt install default-jre-headless) and set "
            "JAVA_HOME when it is not on the path, or leave --engine out: DuckDB needs nothing more.",
        )


@contextmanager
def _environment(here: bool) -> Iterator[None]:
    """For the time of starting: without a cluster, Spark looks for no other address of this machine."""
    names = {"SPARK_LOCAL_IP": "127.0.0.1", "SPARK_LOCAL_HOSTNAME": "localhost"} if here else {}
    before = {name: os.environ.get(name) for name in names}
    os.environ.update(names)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value


def _address(path: Path) -> str:
    """A file of this machine or of storage that is mounted at the same place everywhere."""
    return "file:/" + path.as_posix().lstrip("/")


def _reason(words: str) -> str:
    """The line that says something; Py4J's own first line never does."""
    lines = [line.strip() for line in words.splitlines() if line.strip()]
    told = [line.removeprefix(": ") for line in lines if not line.startswith("An error occurred while")]
    return (told[0] if told else "?")[:300]
