"""AWS on this machine, for any Pulumi program: the real engine, the real provider's logic, no account.

`python3 -m localaws pulumi <anything>` makes sure that everything is there, then becomes `pulumi <anything>`:

    __main__, cli, venv     commands, and the virtual environment, from the machine's own Python
    golang, engine          Pulumi's engine, language hosts and bridge, built from pinned Go modules
    installed               a Pulumi of the person's own in place of that
    host                    the language host for Python: programs, policy packs, plugins
    protocol                what host and adapter need of Pulumi's SDK, without the rest
    provider                HashiCorp's provider for AWS
    cloud, cloud_server     moto on loopback
    cloud_gaps              what moto lacks, or does by half, answered in its place
    answer_once             does what an SDK asks once, however often it asks
    stacks, arguments       the config file a stack gets, so that the committed one never changes
    backend                 what Pulumi keeps of a stack: does it describe anything, who holds it
    yaml_program            what a YAML program asks for that is not there
    preparation             makes a stack ready for a command, or refuses the command
    environment, run        what `pulumi`, `aws`, Python and a shell are started with
    adapter                 the plugin between the engine and the bridge
    keep, processes         status, stop, reset
    places, steps, lock     where things lie, what is said, one set-up at a time
    errors                  what ends a command with one line
"""
