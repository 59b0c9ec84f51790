"""Documents in; a verified, versioned, explainable fine-tuning data set out, offline.

Layers, imports go strictly down: records errors lazy < contracts < find text engine < store < ask < ingest chunk harvest tasks teachers curate formats < recipe < stations < run < report < cli
"""

__version__ = "0.1.0"
