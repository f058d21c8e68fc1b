from offchain.index.sync import sync
from offchain.day.participants import Kind
def test_smoke(region, store):
    region.join("seller", Kind.GENERATOR)
    print(sync(region.client, store))
    print(len(store.events("rural")), store.events("rural")[-1])
