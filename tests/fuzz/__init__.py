"""Bad input by the hundred thousand, through every door that takes any: `python -m tests.fuzz`."""
