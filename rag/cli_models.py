"""`dateline models`: what the model server has, and the fetching of another."""

from __future__ import annotations

from contextlib import nullcontext
from typing import TYPE_CHECKING, Annotated

import typer

from rag.errors import ServerError
from rag.terminal import print_line, print_rows, progress_bar

if TYPE_CHECKING:
    from rag.server import ChatModel

models = typer.Typer(help="List the chat models of the model server, or fetch one.", no_args_is_help=False)

JsonOption = Annotated[bool, typer.Option("--json", help="Print JSON, and nothing else, on standard output.")]


@models.callback(invoke_without_command=True)
def listing(context: typer.Context, as_json: JsonOption = False) -> None:
    """List the chat models of the model server; the first line is what answers."""
    if context.invoked_subcommand:
        return
    from rag.cli import _config, print_json
    from rag.server import look, told, url_of

    config = _config()
    address = config.llm_url or config.ollama_host
    try:
        server = look(config)
    except Exception as error:  # of the client: whatever stands at that address
        raise ServerError(told(error, address, "")) from error
    if server is None and (config.llm_url or "ollama_host" in config.model_fields_set):
        raise ServerError(f"No model server answers at {url_of(address)}: start it with `ollama serve`")
    found = server.models if server else ()
    chosen = server.choose(config.llm) if server else None
    if as_json:
        print_json([model.to_dict() | {"answers": model == chosen} for model in found])
        return
    print_rows([("answers", chosen.name if chosen else "built-in reader")])
    if server is None:
        print_line(
            f"No model server at {url_of(address)}; the built-in reader needs none. To have one: ollama.com"
        )
    elif not found:
        print_line(f"The server at {server.address} has no chat model: dateline models pull llama3.2:3b")
    if found:
        print_rows([(model.name, about(model)) for model in found])


@models.command("pull")
def pull_model(
    name: Annotated[str, typer.Argument(help="The model, for example llama3.2:3b.", show_default=False)],
    as_json: JsonOption = False,
) -> None:
    """Fetch a model to the Ollama server; one that is stopped goes on where it was."""
    from rag.cli import _config, print_json
    from rag.server import pull

    config = _config()
    if config.llm_url:
        raise ServerError(
            f"The server at {config.llm_url} has its own models: unset DATELINE_LLM_URL for Ollama's"
        )
    with progress_bar(f"Fetching {name}", in_bytes=True) if not as_json else nullcontext() as show:
        for status, done, total in pull(config.ollama_host, name, config.connect_seconds):
            if show is not None:
                show(status, done, total)
    if as_json:
        print_json({"pulled": name})
    else:
        print_line(f"{name} is there")


def about(model: ChatModel) -> str:
    """e.g. "3.2B, Q4_K_M, 2.0 GB"; a cloud model says where passages would go."""
    parts = [model.parameters, model.quantization, f"{model.size / 1e9:.1f} GB" if model.size else ""]
    parts += [f"runs at {model.runs_at}: passages would leave this machine"] if model.runs_at else []
    return ", ".join(part for part in parts if part) or "chat model"
