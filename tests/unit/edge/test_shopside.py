"""Which shop a URL leads to."""

import pytest

from vistka.adapters.shop_http import HttpShop
from vistka.adapters.shop_sql import SqlShop
from vistka.domain.errors import ConfigurationError
from vistka.edge.shopside import shop_at
from vistka.settings import Settings

KEY = "main:0f1e2d3c4b5a69788796a5b4c3d2e1f0"  # invented


def test_https_leads_to_the_shop_s_own_server_and_anything_else_to_its_database() -> None:
    assert isinstance(shop_at(f"https://{KEY}@shop.example/vistka", Settings()), HttpShop)
    assert isinstance(shop_at("sqlite:////tmp/shop.sqlite3", Settings()), SqlShop)


def test_plain_http_is_for_a_local_deployment_alone() -> None:
    url = f"http://{KEY}@127.0.0.1:8000/vistka"
    assert isinstance(shop_at(url, Settings(aws_endpoint_url="http://127.0.0.1:4566")), HttpShop)
    with pytest.raises(ConfigurationError, match="https://"):
        shop_at(url, Settings())


def test_a_schema_file_is_not_asked_for_where_the_shop_s_side_has_its_own() -> None:
    shop_at(f"https://{KEY}@shop.example/vistka", Settings(shop_schema="no such file"))
