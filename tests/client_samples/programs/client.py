"""requests, as in the document: a dictionary of headers with the bare token, and the answer's own `json()`."""

import json
import os
import re
from pathlib import Path

import requests

known = dict(os.environ)
token = "API_KEY"


def filled(text: str) -> str:
    return re.sub(r"{{(\w+)}}", lambda found: known[found[1]], text)


for file in sorted(Path(os.environ["REQUESTS"]).iterdir()):
    path = file.stem[3:].replace("_", "/")
    body = json.loads(filled(file.read_text("utf-8")))
    headers = {"Content-Type": "application/json", "Accept": "*/*", "Authorization": token}

    r = requests.post(f"{os.environ['BASE_URL']}/gateway/v1/{path}", headers=headers, json=body)  # noqa: S113  # As printed.

    print(path, json.dumps(r.json()), sep="\t")
    token = r.json().get("accessToken", token)
    if path == "payment":
        known.update(TRADE_NO=r.json()["tradeNo"], IDENTIFIER=r.json().get("transactionIdentifier", ""))
