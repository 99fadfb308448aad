"""The environments, one folder per family. Registered through `registry.yaml`."""
