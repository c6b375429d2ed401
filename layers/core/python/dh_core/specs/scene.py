"""What a template looks like, as its maker may say it. Positions and sizes are output pixels.

The parameters of a new template, the changes to an existing one and what the library keeps are
these fields; the pictures are made of them in `gpu_jobs.scene`.
"""

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from dh_core import limits
from dh_core.field_rules import Expected
from dh_core.specs.roles import Words

Aspect = Literal["9:16", "16:9", "1:1", "background"]
CANVAS_SIZES: Final[dict[str, tuple[int, int]]] = {
    "9:16": (1080, 1920),
    "16:9": (1920, 1080),
    "1:1": (1080, 1080),
}
"""Width and height by aspect; `background` is the background's own shape, at most this large."""

_ASPECT = (
    "Shape of the picture: 9:16 (1080x1920), 16:9 (1920x1080), 1:1 (1080x1080), or the "
    "background's own, with at most 1920x1080 pixels"
)
_TITLE_POSITION = "x and y of the title's top left corner; moved inward where it would not fit"
_PERSON_POSITION = (
    "x and y of the middle of the person's lower edge; without it they are framed for you"
)
_PERSON_SCALE = "Size of the person against the framing made for you"

Coordinate = Annotated[int, Field(ge=0, le=8192)]
Position = Annotated[
    tuple[Coordinate, Coordinate],
    Expected(
        "must be x and y, two whole numbers from 0 to 8192, such as [50, 120]",
        "应为两个 0 到 8192 的整数 x 和 y，如 [50, 120]",
    ),
]
Title = Annotated[str, StringConstraints(max_length=limits.MAX_TITLE_CHARACTERS), Words()]
FontSize = Annotated[int, Field(ge=8, le=512, description="Pixels; shrunk if it cannot fit")]
Colour = Annotated[
    str,
    StringConstraints(pattern=r"^#[0-9a-fA-F]{6}$"),
    Expected(
        'must be a colour as # and six digits from 0 to F, such as "#FF8800"',
        '应为 # 加六位十六进制数字的颜色，如 "#FF8800"',
    ),
    Field(description="As #RRGGBB; without it, black or white by what lies beneath"),
]
Scale = Annotated[float, Field(ge=0.2, le=3.0, description=_PERSON_SCALE)]


class SceneParameters(BaseModel):
    """One picture: who stands where, under which title."""

    model_config = ConfigDict(frozen=True)

    title_text: Title | None = Field(default=None, description="The title; empty for none")
    title_position: Annotated[Position, Field(description=_TITLE_POSITION)] = (50, 50)
    title_font_size: FontSize = 48
    title_bold: bool = Field(default=True, description="Whether the title is set in bold")
    title_color: Colour | None = Field(
        default=None, description="#RRGGBB; without it, what stands out from the picture"
    )
    aspect: Annotated[Aspect, Field(description=_ASPECT)] = "9:16"
    person_position: Annotated[Position | None, Field(description=_PERSON_POSITION)] = None
    person_scale: Scale = 1.0


class SceneChanges(BaseModel):
    """Changes to a picture; what is left out stays. An empty `title_text` removes the title."""

    model_config = ConfigDict(frozen=True)

    title_text: Title | None = Field(default=None, description="The title; empty for none")
    title_position: Annotated[Position | None, Field(description=_TITLE_POSITION)] = None
    title_font_size: FontSize | None = Field(
        default=None, description="Pixels of the finished video"
    )
    title_bold: bool | None = Field(default=None, description="Whether the title is set in bold")
    title_color: Colour | None = Field(
        default=None, description="#RRGGBB; without it, what stands out from the picture"
    )
    aspect: Annotated[Aspect | None, Field(description=_ASPECT)] = None
    person_position: Annotated[Position | None, Field(description=_PERSON_POSITION)] = None
    person_scale: Scale | None = Field(default=None, description="1 is what suits the picture")
