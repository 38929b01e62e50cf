"""Waits until instances are online in Session Manager, and says what keeps the others away. It reads only.

cli, __main__      `python -m doctor`: arguments, exit codes
stack              which instances a Pulumi stack has
aws                the questions that are asked again and again while it waits
connections        whether sessions can begin, asked as seldom as will do
waiting, display   the wait, and what a person sees of it
survey             everything about an instance that did not come: the edge to AWS
facts              what the survey found, as plain values
network, console   what routes, groups and access lists let through; what the instance itself printed
causes             from facts to likely causes: a table of checks, in order
report             the table at the end, or one JSON document
errors             what ends the doctor without a verdict
"""
