"""AWS on this machine, for any Pulumi program: the real engine, the real provider's logic, no account.

`python3 -m localaws pulumi <anything>` makes sure that everything is there, then becomes `pulumi <anything>`:

    __main__, venv          the virtual environment, from the machine's own Python
    golang, engine          Pulumi's engine, language hosts and bridge, built from pinned Go modules
    provider                HashiCorp's provider for AWS
    cloud, cloud_server     moto on loopback
    cloud_gaps              what moto lacks, answered as long as no machine runs
    answer_once             does what an SDK asks once, however often it asks
    stacks, arguments       the config file a stack gets, so that the committed one never changes
    environment, run        what `pulumi`, `aws` and Python are started with
    adapter                 the plugin between the engine and the bridge
    keep, processes         status, stop, reset
"""
