"""Every setting, with its unit and the reason for its default.

Command line > environment (`DATELINE_…`) > `dateline.toml` in the working directory > default.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from pydantic import AliasChoices, Field
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
        populate_by_name=True,
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
    llm: str = Field(
        "auto",
        description="What writes the answers: `auto` (a chat model of a running Ollama, else the built-in reader), "
        "`none` (always the built-in reader), or a model's name.",
    )
    ollama_host: str = Field(
        "127.0.0.1:11434",
        validation_alias=AliasChoices("DATELINE_OLLAMA_HOST", "ollama_host"),
        description="Address of Ollama, its own default; `OLLAMA_HOST` sets it too.",
    )
    llm_url: str = Field(
        "",
        description="Address of an OpenAI-compatible server (vLLM, llama.cpp), as `http://127.0.0.1:8000/v1`; it then "
        "writes instead of Ollama.",
    )
    llm_key: str = Field("", description="Key of that server, where it asks for one.")
    num_ctx: int = Field(
        8192,
        ge=1024,
        description="Window asked of the model, in tokens: ten passages and an answer take half of it, and a model's "
        "whole window can take all memory.",
    )
    max_answer_tokens: int = Field(
        1024,
        ge=16,
        description="Longest answer of the model, in tokens: about 700 words; more is no short answer.",
    )
    keep_alive: str = Field(
        "5m", description="How long Ollama keeps the model loaded after an answer; its own default."
    )
    connect_seconds: float = Field(
        3.0, gt=0, description="Longest wait for the server to take a call, in seconds: it is near."
    )
    first_token_seconds: float = Field(
        120.0,
        gt=0,
        description="Longest wait for the first word, in seconds: a large model is read from disk before it.",
    )
    between_tokens_seconds: float = Field(
        30.0,
        gt=0,
        description="Longest wait between two words, in seconds: the slowest machine writes one in five.",
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
