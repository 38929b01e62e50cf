"""The language host for Python: what the engine starts to run programs, policy packs and plugins that are in Python.

docs/adr/0001 says why it is not Pulumi's own. The engine starts it (`__main__`) and calls it (`service`); it starts a
plugin (`plugin`), and a policy pack behind a server of its own (`pack`). The protocol:
https://github.com/pulumi/pulumi/blob/v3.220.0/proto/pulumi/language.proto
"""
