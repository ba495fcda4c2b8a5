"""How a set-up ends: what the functions find from where they run, and what comes next."""

from collections.abc import Iterator

from vistka.cli.failures import Failure
from vistka.cli.findings import deployed, of_function
from vistka.cli.options import Outside
from vistka.cli.project import find_project
from vistka.cli.render import count, errors, plain
from vistka.cli.samconfig import NAME
from vistka.cli.setup.asking import say_findings
from vistka.cli.setup.place import Place
from vistka.cli.setup.values import Values
from vistka.domain.orders import Finding
from vistka.usecases.rivals import NAME as RIVALS


def close(outside: Outside, place: Place, values: Values) -> None:
    """Raises SystemExit(1) where the functions find something wrong that this machine did not see."""
    console = errors()
    mode = values.parameters["Mode"]
    console.print(f"deployed, {mode}: stack {place.target.stack}, {place.target.region}", style="green")
    try:
        deployment = outside.connect(place.target)
        found = list(
            dict.fromkeys(
                one for function in deployed(deployment) for one in of_function(deployment.functions, function)
            )
        )
    except Failure as failure:
        found = [Finding(name="functions", ok=False, text=failure.message, hint="vistka check")]
    wrong = [one for one in found if not one.ok]
    say_findings([*wrong, *(one for one in found if one.ok and one.name == RIVALS and one.hint)])
    if not wrong:
        console.print("the functions find carrier, shop and bot well from where they run", style="green")
    console.print("next", style="bold")
    for number, line in enumerate(_next(place, values, named=_is_named(outside, place)), start=1):
        console.print(plain(f"  {number}. {line}"), soft_wrap=True)
    if wrong:
        console.print(f"{count(len(wrong), 'thing')} wrong, see above", style="bold red")
        raise SystemExit(1)


def _next(place: Place, values: Values, *, named: bool) -> Iterator[str]:
    if not named:
        yield f"export VISTKA_STACK={place.target.stack} AWS_DEFAULT_REGION={place.target.region}"
    if values.email:
        yield f"open the link in the mail that AWS sends to {values.email}; then: vistka check --alert"
    else:
        yield "vistka check"
    yield "vistka update --dry-run: what it would write, parcel by parcel"
    if values.webhook == "none":
        yield "vistka bot install: buyers then link their chats by a tap on what `vistka link ORDER` makes"
    elif values.webhook == "another program":
        yield "the bot's webhook stays another program's: let it pass updates on (README, A bot that you have already)"
    if values.parameters["Mode"] == "live":
        return
    yield "vistka notices --state shadow, after a day or two: what would have been told, and to whom"
    yield "vistka live --order <one of your own>; then switch the old cron off, and: vistka live"


def _is_named(outside: Outside, place: Place) -> bool:
    """Whether the commands that follow find this stack by themselves."""
    if place.target.world or outside.environ.get("VISTKA_STACK") == place.target.stack:
        return True
    project = find_project(outside.folder)
    return project is not None and place.config.path == project / NAME
