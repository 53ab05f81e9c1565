"""``completion``: what a shell needs to complete our commands and options."""

from __future__ import annotations

import click
from click.shell_completion import ShellComplete, get_completion_class

from awswhitelist.commands.program import VARIABLE
from awswhitelist.constants import PRODUCT

SHELLS = ("bash", "zsh", "fish")

WHERE = """\b
bash  awswhitelist completion bash > ~/.local/share/bash-completion/completions/awswhitelist
zsh   awswhitelist completion zsh > ~/.zfunc/_awswhitelist   (a directory of your $fpath)
fish  awswhitelist completion fish > ~/.config/fish/completions/awswhitelist.fish
"""


@click.command(short_help="Print the completion script of a shell", epilog=WHERE)
@click.argument("shell", type=click.Choice(SHELLS))
@click.pass_context
def completion(ctx: click.Context, shell: str) -> None:
    """Print the script that teaches SHELL our commands and options. Where to put it:"""
    found = get_completion_class(shell)
    assert found is not None, "click knows these shells"
    # Not the subclass's own `source`: that of bash runs bash to learn its version.
    script = ShellComplete.source(found(ctx.find_root().command, {}, PRODUCT, VARIABLE))
    click.echo(script)
