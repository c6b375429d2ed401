"""What is said of a wrong value, by the type of Pydantic's error, in both languages."""

from __future__ import annotations

from typing import Final, NamedTuple


class Sentence(NamedTuple):
    """Filled in with the field and the error's context."""

    en: str
    zh: str


NOT_JSON: Final = Sentence(
    "The body cannot be read; send JSON in UTF-8, or a form whose field file holds the file.",
    "无法读取请求内容，请发送 UTF-8 编码的 JSON，或以 file 字段携带文件的表单。",
)
_NO_OBJECT = Sentence(
    "The body is not a JSON object; send one with Content-Type: application/json.",
    "请求内容不是 JSON 对象，请以 Content-Type: application/json 发送。",
)
ABOUT_THE_BODY: Final = {
    "missing": Sentence(
        "The body is missing; send a JSON object with Content-Type: application/json.",
        "没有请求内容，请以 Content-Type: application/json 发送 JSON 对象。",
    ),
    "json_invalid": Sentence(
        "The body is not valid JSON; send a JSON object.",
        "请求内容不是有效的 JSON，请发送 JSON 对象。",
    ),
    "model_attributes_type": _NO_OBJECT,
    "model_type": _NO_OBJECT,
    "dict_type": _NO_OBJECT,
    "value_error": Sentence("{error}.", "{chinese}。"),
    "unknown_field": Sentence(
        "{name} is not a field here; {suggestion}", "没有 {name} 这个字段{instead}"
    ),
}
_TEXT = Sentence("{field} must be text in quotes.", "{field} 应为带引号的文字。")
_WHOLE_NUMBER = Sentence("{field} must be a whole number, such as 3.", "{field} 应为整数，如 3。")
_NUMBER = Sentence("{field} must be a number, such as 1.5.", "{field} 应为数字，如 1.5。")
_TRUE_OR_FALSE = Sentence("{field} must be true or false.", "{field} 应为 true 或 false。")
_ONE_OF = Sentence("{field} must be one of {expected}.", "{field} 应为以下之一：{choices}。")
_OBJECT = Sentence(
    "{field} must be an object in braces; /api/docs shows its fields.",
    "{field} 应为花括号中的对象，字段见 /api/docs。",
)
_LIST = Sentence(
    "{field} must be a list in brackets, such as [1, 2].", "{field} 应为方括号中的列表，如 [1, 2]。"
)
ABOUT_A_FIELD: Final = {
    "missing": Sentence("{field} is missing; add it to the request.", "缺少 {field}，请补上。"),
    "unexpected_form": Sentence("{field} {form}.", "{field} {chinese}。"),
    "string_type": _TEXT,
    "string_unicode": _TEXT,
    "string_too_short": Sentence("{field} is empty; give it a value.", "{field} 不能为空。"),
    "string_too_long": Sentence(
        "{field} is longer than {max_length} characters; shorten it.",
        "{field} 超过 {max_length} 个字符，请缩短。",
    ),
    "int_type": _WHOLE_NUMBER,
    "int_parsing": _WHOLE_NUMBER,
    "int_parsing_size": _WHOLE_NUMBER,
    "int_from_float": _WHOLE_NUMBER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "finite_number": _NUMBER,
    "bool_type": _TRUE_OR_FALSE,
    "bool_parsing": _TRUE_OR_FALSE,
    "greater_than_equal": Sentence("{field} must be at least {ge}.", "{field} 不能小于 {ge}。"),
    "less_than_equal": Sentence("{field} must be at most {le}.", "{field} 不能大于 {le}。"),
    "literal_error": _ONE_OF,
    "enum": _ONE_OF,
    "dict_type": _OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "list_type": _LIST,
    "too_short": Sentence(
        "{field} must have at least {min_length} entries.", "{field} 至少要有 {min_length} 项。"
    ),
    "too_long": Sentence(
        "{field} must have at most {max_length} entries.", "{field} 最多只能有 {max_length} 项。"
    ),
    "value_error": Sentence("{field}: {error}.", "{field}：{chinese}。"),
    "unknown_field": Sentence(
        "{field}.{name} is not a field here; {suggestion}", "没有 {field}.{name} 这个字段{instead}"
    ),
    "unknown_parameter": Sentence(
        "{name} is not a query parameter here; {suggestion}", "没有 {name} 这个查询参数{instead}"
    ),
}
OTHERWISE: Final = Sentence(
    "{field} is not written as it should be; /api/docs shows how.",
    "{field} 的写法不对，请见 /api/docs。",
)
