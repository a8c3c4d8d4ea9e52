"""Every setting, with its unit and the reason for its default.

Command line > environment (`DATELINE_…`) > `dateline.toml` in the working directory > default.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import Field
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    TomlConfigSettingsSource,
)


class Config(BaseSettings):
    """One frozen set of settings. Unknown names in `dateline.toml` are errors, so a typo is not silently ignored."""

    model_config = SettingsConfigDict(
        env_prefix="DATELINE_",
        toml_file="dateline.toml",
        frozen=True,
        extra="forbid",
        protected_namespaces=(),
    )

    corpus: Path = Field(
        Path("seeds"), description="Folder of pages. The shipped one, so that a first run has answers."
    )
    store: Path = Field(Path("vectorstore"), description="Folder of the built index.")
    aliases: Path | None = Field(
        None, description="YAML file of names; by default `aliases.yaml` in the corpus folder."
    )
    embedder: str = Field(
        "built-in", description="`built-in` (all-MiniLM-L6-v2 from its package), a model name or a folder."
    )
    reader: str = Field(
        "built-in", description="`built-in`, `none` (sentence picking alone), a model name or a folder."
    )
    chroma_url: str = Field(
        "", description="Address of a Chroma server; empty keeps vectors in the store folder."
    )
    passage_tokens: int = Field(
        180,
        ge=32,
        le=250,
        description="Most tokens in a passage, title aside: with the title it stays under the embedder's 256.",
    )
    top_k: int = Field(
        30, ge=1, description="Passages taken from each of dense and keyword search before they are fused."
    )
    top_n: int = Field(
        10, ge=1, description="Passages kept after re-ordering: as many as the reader reads in about 100 ms."
    )
    max_file_mb: int = Field(
        20,
        ge=1,
        description="Larger files are skipped with a message, in MiB: no news page is that long, a dump is.",
    )
    max_question_chars: int = Field(2000, ge=1, description="Longer questions are refused, in characters.")
    host: str = Field(
        "127.0.0.1", description="Address of the chat page; another than loopback needs a password."
    )
    port: int = Field(7860, ge=0, le=65535, description="Port of the chat page; 0 takes a free one.")
    password: str = Field("", description="Asked for by the chat page when set; the user name is `reader`.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return init_settings, env_settings, TomlConfigSettingsSource(settings_cls)

    def with_changes(self, **changes: Any) -> Config:
        """A copy in which the given settings, where not None, replace these."""
        return self.model_copy(update={name: value for name, value in changes.items() if value is not None})
