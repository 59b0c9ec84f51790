"""ShareGPT's conversations of tagged turns: human, gpt, function_call, observation, system."""

from collections.abc import Mapping
from typing import Any, ClassVar

from pydantic import Field, model_validator

from gristmill.contracts import Row
from gristmill.formats._keyed import Keyed
from gristmill.formats._sharegpt import KEYS, MORE, Tags, sharegpt_record, sharegpt_row


class Sharegpt(Keyed):
    """Records `{"conversations": [{"from", "value"}, …]}` with `system`, `tools` and `id` where they have them.

    A function_call is read as the assistant's `tool_calls`, an observation as a tool's turn, and both are written
    back. The tags `user`, `assistant` and `tool` are understood too.
    """

    keys: ClassVar[tuple[str, ...]] = KEYS
    more: ClassVar[tuple[str, ...]] = MORE
    suffix: ClassVar[str] = ".json"

    role_tag: str = Field("from", description="Key of a turn that says who speaks.", min_length=1)
    content_tag: str = Field("value", description="Key of a turn that holds what is said.", min_length=1)
    user_tag: str = Field("human", description="Who asks, as the file calls them.", min_length=1)
    assistant_tag: str = Field("gpt", description="Who answers, as the file calls them.", min_length=1)
    observation_tag: str = Field("observation", description="What the file calls a tool's answer.", min_length=1)
    function_tag: str = Field("function_call", description="What the file calls the call of a tool.", min_length=1)
    system_tag: str = Field("system", description="What the file calls the system turn.", min_length=1)

    @model_validator(mode="after")
    def _apart(self) -> "Sharegpt":
        if clashes := self._tags.clashes():
            raise ValueError("; ".join(clashes))
        return self

    @property
    def _tags(self) -> Tags:
        return Tags(
            role_tag=self.role_tag,
            content_tag=self.content_tag,
            user_tag=self.user_tag,
            assistant_tag=self.assistant_tag,
            observation_tag=self.observation_tag,
            function_tag=self.function_tag,
            system_tag=self.system_tag,
        )

    def row(self, record: Mapping[str, Any], where: str) -> dict[str, Any]:
        """The conversation as `messages`."""
        return sharegpt_row(record, where, self._tags)

    def record(self, row: Row, where: str) -> dict[str, Any]:
        """The row's turns under their tags; a system turn is the first of them."""
        return sharegpt_record(row, where, self._tags)
