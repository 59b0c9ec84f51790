"""10,000 rows at concurrency 256 from an endpoint of 200 ms take at most 1.15 of a bare aiohttp loop's time."""

from _asking import compare

if __name__ == "__main__":
    compare("asking_256", rows=10_000, concurrency=256, bar=1.15)
