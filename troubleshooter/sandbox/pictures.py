"""Bytes for described pictures: photos, thumbnails, the grey default image. Drawn people only."""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
from functools import lru_cache

from PIL import Image, ImageDraw, ImageOps

from troubleshooter.sandbox.model import GraphPhoto, Picture, PictureKind
from troubleshooter.sandbox.portraits import draw_portrait

# https://learn.microsoft.com/graph/api/profilephoto-get
STANDARD_SIZES = (48, 64, 96, 120, 240, 360, 432, 504, 648)
THUMBNAIL_SIDES = {"S": 48, "M": 72}
DEFAULT_IMAGE = Picture(0, 200, 200, "default")
PIXEL = Picture(0, 1, 1, "pixel")


@lru_cache(maxsize=64)
def _portrait(seed: int) -> Image.Image:
    return draw_portrait(seed, 648).convert("RGB")


def _frame(picture: Picture) -> Image.Image:
    face = _portrait(picture.seed)
    if picture.stretched_from:
        face = ImageOps.fit(face, picture.stretched_from, Image.Resampling.LANCZOS)
        return face.resize((picture.width, picture.height), Image.Resampling.LANCZOS)
    return ImageOps.fit(face, (picture.width, picture.height), Image.Resampling.LANCZOS)


def _default_avatar(side: int) -> Image.Image:
    image = Image.new("RGB", (side, side), (225, 223, 221))
    draw = ImageDraw.Draw(image)
    draw.ellipse((side * 0.33, side * 0.2, side * 0.67, side * 0.54), fill=(161, 159, 157))
    draw.pieslice((side * 0.17, side * 0.6, side * 0.83, side * 1.3), 180, 360, fill=(161, 159, 157))
    return image


def _animated(picture: Picture) -> bytes:
    first = _frame(picture).convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
    second = ImageOps.mirror(_frame(picture)).convert("P", palette=Image.Palette.ADAPTIVE, colors=64)
    out = io.BytesIO()
    first.save(out, "GIF", save_all=True, append_images=[second], duration=400, loop=0)
    return out.getvalue()


def _transparent(picture: Picture) -> bytes:
    image = _frame(picture)
    mask = Image.new("L", image.size, 0)
    ImageDraw.Draw(mask).ellipse((0, 0, image.width - 1, image.height - 1), fill=255)
    if picture.kind == "cut_out":
        # What becomes of a transparent picture in a JPEG: white where nothing was.
        return _jpeg(Image.composite(image, Image.new("RGB", image.size, "white"), mask), picture.quality)
    image.putalpha(mask)
    out = io.BytesIO()
    image.save(out, "PNG")
    return out.getvalue()


def _jpeg(image: Image.Image, quality: int) -> bytes:
    out = io.BytesIO()
    image.save(out, "JPEG", quality=quality)
    return out.getvalue()


@lru_cache(maxsize=2048)
def render(picture: Picture) -> bytes:
    """The file of a picture; the same description always gives the same bytes."""
    if picture.kind == "not_an_image":
        return b"%PDF-1.4 this file was renamed to photo.jpg\n" + bytes(range(256)) * 8
    if picture.kind == "animated":
        return _animated(picture)
    if picture.kind in ("transparent", "cut_out"):
        return _transparent(picture)
    if picture.kind == "pixel":
        out = io.BytesIO()
        Image.new("P", (1, 1)).save(out, "GIF")
        return out.getvalue()
    if picture.kind == "blank":
        return _jpeg(Image.new("RGB", (picture.width, picture.height), (255, 255, 255)), 60)
    if picture.kind == "default":
        return _jpeg(_default_avatar(picture.width), 90)
    image = _frame(picture)
    return _jpeg(image.convert("CMYK") if picture.kind == "cmyk" else image, picture.quality)


@lru_cache(maxsize=65_536)
def file_size(picture: Picture) -> int:
    """How many bytes its file has; remembered for longer than the file itself, for listings."""
    return len(render(picture))


@lru_cache(maxsize=16_384)
def etag(picture: Picture) -> str:
    """An opaque tag that changes with the picture, made without drawing it."""
    return hashlib.sha256(repr(picture).encode()).hexdigest()[:8].upper()


@lru_cache(maxsize=16_384)
def scaled(picture: Picture, side: int) -> Picture:
    """A rendition whose longer side is `side` pixels; its shape stays."""
    longest = max(picture.width, picture.height)
    width = max(1, round(picture.width * side / longest))
    height = max(1, round(picture.height * side / longest))
    return replace(picture, width=width, height=height)


def renditions(photo: GraphPhoto) -> dict[str, Picture]:
    """Every size Graph lists, smallest first, by its id such as `48x48`."""
    if photo.picture is None:
        return {}
    picture = photo.picture
    letter = "X" if photo.uppercase_ids else "x"
    if photo.sizes == "single":
        return {f"{picture.width}{letter}{picture.height}": picture}
    largest = max(picture.width, picture.height)
    return {f"{side}{letter}{side}": scaled(picture, side) for side in STANDARD_SIZES if side <= largest}


@lru_cache(maxsize=16_384)
def thumbnail(picture: Picture, size: str, large: int) -> Picture:
    """SharePoint's S, M or L file: a square, recompressed."""
    side = THUMBNAIL_SIDES.get(size, large)
    if picture.kind in ("blank", "default"):
        return replace(picture, width=side, height=side)
    crop = picture.stretched_from or None
    if crop is None and picture.width != picture.height:
        crop = (picture.width, picture.height)
    kind: PictureKind = "cut_out" if picture.kind == "transparent" else "portrait"
    return replace(picture, kind=kind, width=side, height=side, stretched_from=crop, quality=80)
