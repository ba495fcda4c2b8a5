"""Whether the bot's door opens to its secret, and to nothing else."""

from typing import Final

_SECONDS: Final = 20


def knock(url: str, secret: str) -> int | None:
    """The status with which the address answers an update that asks for nothing; None when it does not answer."""
    # requests is slow to load, and most commands do without it.
    import requests  # noqa: PLC0415

    with requests.Session() as session:
        session.trust_env = False  # no proxy of this machine's leads to a local world
        try:
            answer = session.post(
                url,
                json={"update_id": 0},
                headers={"X-Telegram-Bot-Api-Secret-Token": secret},
                timeout=_SECONDS,
                allow_redirects=False,
            )
        except requests.RequestException:
            return None
    return answer.status_code
