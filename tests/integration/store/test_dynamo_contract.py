"""The store in DynamoDB keeps the contract of its twin in memory."""

from tests.contracts.store import StoreContract


class TestDynamoStore(StoreContract):
    """The contract of `tests.contracts.store`."""
