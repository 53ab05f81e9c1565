"""Record the sandbox's estate from moto.

    python -m scripts.estate [--check]

The tables of ``awswhitelist/sandbox/estate.py`` are carried out on a fresh moto, and what its
describe calls list is written to ``awswhitelist/sandbox/recording.json``.
"""
