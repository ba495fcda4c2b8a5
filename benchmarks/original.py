"""What the original program did, written by us for comparison: one request a parcel, one after another, a row saved
each."""

import sqlite3
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from benchmarks.invented import API_KEY


def update_tracking_statuses(shop_file: Path, carrier_url: str) -> tuple[int, int]:
    """All open orders that have a number; returns how many requests and statements it took."""
    asked = statements = 0
    shop = sqlite3.connect(shop_file)
    orders = shop.execute(
        "SELECT id, tracking_number, phone FROM orders_order"
        " WHERE tracking_number <> '' AND status IN ('new', 'prep', 'ship') ORDER BY id"
    ).fetchall()
    statements += 1
    for key, number, phone in orders:
        answer = requests.post(carrier_url, json=_question(number, phone), timeout=30).json()
        asked += 1
        item = answer["data"][0]
        shop.execute(
            "UPDATE orders_order SET shipment_status = ?, shipment_status_updated = ? WHERE id = ?",
            [f"{item['StatusCode']} - {item['Status']}"[:100], f"{datetime.now(UTC):%Y-%m-%d %H:%M:%S}", key],
        )
        shop.commit()
        statements += 1
    shop.close()
    return asked, statements


def _question(number: str, phone: str) -> Mapping[str, Any]:
    return {
        "apiKey": API_KEY,
        "modelName": "TrackingDocument",
        "calledMethod": "getStatusDocuments",
        "methodProperties": {"Documents": [{"DocumentNumber": number, "Phone": phone.lstrip("+")}]},
    }
