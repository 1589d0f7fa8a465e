"""Drawn portraits for the sandbox tenant: many different people, none of them real.

Everything follows from a seed: the same seed gives the same pixels in every run. All portraits share the
composition of a profile photo (head and shoulders, face a little above the middle), which makes different
people hard to tell apart at 48 pixels. That is on purpose: comparing pictures is measured on them.
"""

from __future__ import annotations

import io
import random
from dataclasses import replace

from PIL import Image, ImageChops, ImageDraw, ImageFilter

from troubleshooter.sandbox.portraits_clothes import CLOTHES
from troubleshooter.sandbox.portraits_hair import draw_back_hair
from troubleshooter.sandbox.portraits_looks import Portrait
from troubleshooter.sandbox.portraits_pen import Colour, Pen
from troubleshooter.sandbox.portraits_person import draw_body, draw_head
from troubleshooter.sandbox.portraits_scene import SCENES, WALLS, paint_scene

SKINS: tuple[Colour, ...] = (
    (255, 224, 200), (246, 204, 172), (234, 184, 146), (214, 160, 118), (186, 130, 90), (150, 98, 66),
    (116, 74, 52), (88, 56, 42),
)  # fmt: skip
HAIRS: tuple[Colour, ...] = (
    (38, 32, 36), (66, 44, 36), (104, 66, 44), (148, 96, 56), (206, 160, 92), (232, 200, 140), (176, 82, 44),
    (150, 150, 156), (214, 214, 218),
)  # fmt: skip
CLOTH: tuple[Colour, ...] = (
    (42, 62, 98), (72, 108, 140), (196, 84, 72), (232, 168, 72), (66, 122, 104), (124, 88, 140),
    (238, 234, 226), (52, 54, 64), (210, 128, 136), (104, 142, 96), (30, 110, 140), (152, 66, 86),
    (170, 176, 186), (218, 196, 160),
)  # fmt: skip
SHORT_STYLES = ("bald", "receding", "crop", "side_part", "quiff", "curls", "crop", "side_part")
LONG_STYLES = ("long", "wavy", "bob", "bun", "ponytail", "afro", "curls", "scarf", "side_part")
EYES: tuple[Colour, ...] = ((78, 52, 36), (84, 118, 150), (92, 122, 84), (60, 42, 34))


def portrait_of(seed: int) -> Portrait:
    """The traits that a seed stands for."""
    chance = random.Random(seed * 7919 + 17)  # noqa: S311 (pictures, not secrets)
    long_hair = chance.random() < 0.5
    style = chance.choice(LONG_STYLES if long_hair else SHORT_STYLES)
    cloth = chance.choice(CLOTH)
    beards = ("none",) if long_hair else ("none", "none", "stubble", "full", "goatee", "moustache")
    return Portrait(
        skin=chance.choice(SKINS),
        hair=chance.choice([c for c in CLOTH if c != cloth] if style == "scarf" else HAIRS),
        hair_style=style,
        face_width=chance.uniform(0.92, 1.06),
        beard=chance.choice(beards),
        glasses=chance.choice(("none", "none", "none", "round", "square", "wire")),
        clothes=chance.choice(tuple(CLOTHES)),
        cloth=cloth,
        second_cloth=chance.choice([c for c in CLOTH if c != cloth]),
        smile=chance.random(),
        eye=chance.choice(EYES),
        earrings=long_hair and chance.random() < 0.5,
        scene=chance.choice(tuple(SCENES)),
        wall=chance.choice(WALLS),
        scene_seed=chance.randrange(1_000_000),
        x=chance.uniform(-0.05, 0.05),
        y=chance.uniform(-0.03, 0.03),
        zoom=chance.uniform(0.9, 1.12),
        turn=chance.uniform(-7, 7),
        light=chance.uniform(-1, 1),
    )


def paint(portrait: Portrait, size: int = 648) -> Image.Image:
    """The picture of some traits, RGB, `size` pixels square. Drawn at double size for smooth edges."""
    side = size * 2
    image = paint_scene(portrait.scene, portrait.wall, portrait.scene_seed, side)
    at, scale = (0.5 + portrait.x, 0.43 + portrait.y), 0.64 * portrait.zoom
    head, body = Pen(image, at, scale, portrait.turn), Pen(image, at, scale)
    draw_back_hair(head, portrait)
    draw_body(body, portrait)
    draw_head(head, portrait)
    return _lit(image.reduce(2), portrait.light)


def _lit(image: Image.Image, light: float) -> Image.Image:
    """Light from one side: up to a fifth darker on the other."""
    ramp = Image.linear_gradient("L").rotate(90 if light < 0 else -90)
    strength = abs(light) * 0.2
    ramp = ramp.point(lambda v: 255 - round(v * strength)).resize(image.size)
    return ImageChops.multiply(image, Image.merge("RGB", (ramp, ramp, ramp)))


def draw_portrait(seed: int, size: int = 648) -> Image.Image:
    """A clean drawn portrait, RGB, `size` pixels square."""
    return paint(portrait_of(seed), size)


def photo_like(seed: int, size: int = 648) -> Image.Image:
    """The same kind of portrait with what a camera adds: soft focus behind the person, vignette, grain."""
    return photographed(portrait_of(seed), seed, size)


def photographed(portrait: Portrait, seed: int, size: int = 648) -> Image.Image:
    """`paint` with the marks of a camera; the seed chooses the grain and the exposure."""
    chance = random.Random(seed * 104729 + 3)  # noqa: S311 (pictures, not secrets)
    plain = paint(portrait, size)
    soft = plain.filter(ImageFilter.GaussianBlur(size / 60))
    middle = Image.new("L", (64, 64), 0)
    ImageDraw.Draw(middle).ellipse((12, 0, 52, 80), fill=255)
    ImageDraw.Draw(middle).ellipse((2, 38, 62, 100), fill=255)
    image = Image.composite(plain.filter(ImageFilter.GaussianBlur(size / 500)), soft, _spread(middle, size))
    gain = chance.uniform(0.88, 1.1)
    image = image.point(lambda v: min(255, round(v * gain)))
    shade = Image.radial_gradient("L").resize((size, size)).point(lambda v: 255 - v // 4)
    image = ImageChops.multiply(image, Image.merge("RGB", (shade, shade, shade)))
    return _grainy(image, chance)


def _spread(mask: Image.Image, size: int) -> Image.Image:
    return mask.filter(ImageFilter.GaussianBlur(4)).resize((size, size), Image.Resampling.BICUBIC)


def _grainy(image: Image.Image, chance: random.Random) -> Image.Image:
    """Grain of two sizes. `Image.effect_noise` cannot be seeded, hence the own noise."""
    width, height = image.size
    fine = Image.frombytes("L", (width, height), chance.randbytes(width * height))
    coarse = Image.frombytes("L", (40, 40), chance.randbytes(1600)).resize(
        (width, height), Image.Resampling.BICUBIC
    )
    noise = Image.blend(fine.filter(ImageFilter.GaussianBlur(0.8)), coarse, 0.25)
    return ImageChops.add(image, Image.merge("RGB", (noise.point(lambda v: v // 8),) * 3), 1, -16)


def same_person_again(portrait: Portrait, seed: int, *, scene: bool = False, pose: bool = False) -> Portrait:
    """A new photo of the same person: somewhere else (`scene`), or held differently (`pose`)."""
    chance = random.Random(seed * 31 + 7)  # noqa: S311 (pictures, not secrets)
    other = portrait_of(seed)
    while other.scene == portrait.scene:
        other = portrait_of(chance.randrange(1_000_000))
    if scene:
        portrait = replace(
            portrait, scene=other.scene, wall=other.wall, scene_seed=other.scene_seed, light=other.light
        )
    if pose:
        side = chance.choice((-1, 1))
        portrait = replace(
            portrait,
            x=portrait.x + side * chance.uniform(0.03, 0.08),
            y=portrait.y + chance.choice((-1, 1)) * chance.uniform(0.01, 0.04),
            turn=portrait.turn + side * chance.uniform(5, 12),
            zoom=portrait.zoom * chance.choice((chance.uniform(0.86, 0.95), chance.uniform(1.06, 1.16))),
            smile=(portrait.smile + 0.5) % 1,
        )
    return portrait


def as_jpeg(image: Image.Image, quality: int = 90) -> bytes:
    """A JPEG file."""
    return _saved(image.convert("RGB"), format="JPEG", quality=quality)


def as_png(image: Image.Image) -> bytes:
    """A PNG file; an alpha channel is kept."""
    return _saved(image, format="PNG")


def as_cmyk_jpeg(image: Image.Image, quality: int = 90) -> bytes:
    """A JPEG in print colours, which many browsers and services show badly."""
    return _saved(image.convert("CMYK"), format="JPEG", quality=quality)


def as_animated_gif(image: Image.Image, frames: int = 3) -> bytes:
    """A GIF with several frames: the picture, drifting sideways."""
    shots = [
        ImageChops.offset(image, 6 * i, 0).convert("P", palette=Image.Palette.ADAPTIVE) for i in range(frames)
    ]
    return _saved(shots[0], format="GIF", save_all=True, append_images=shots[1:], duration=200, loop=0)


def _saved(image: Image.Image, **options: object) -> bytes:
    out = io.BytesIO()
    image.save(out, **options)  # type: ignore[arg-type]
    return out.getvalue()


def square_thumbnail(image: Image.Image, side: int, *, stretch: bool) -> Image.Image:
    """A square thumbnail: squeezed into shape as upload scripts do (`stretch`), or cut from the middle."""
    if not stretch:
        edge = min(image.size)
        left, top = (image.width - edge) // 2, (image.height - edge) // 2
        image = image.crop((left, top, left + edge, top + edge))
    return image.resize((side, side), Image.Resampling.LANCZOS)
