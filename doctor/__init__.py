"""Waits until instances are online in Session Manager, and says what keeps the others away. It reads only.

cli, __main__      `python -m doctor`: arguments, exit codes
stack              which instances a Pulumi stack has
aws                the questions that are asked again and again while it waits
asking, errors     what a question that fails costs: the checks that need it, or the verdict
fleets             how many instances Auto Scaling groups have, and why not more
connections        whether sessions can begin, asked as seldom as will do
waiting, times     the wait, and its clock
survey             all of an instance that did not come, and what sessions need of one that did: the edge to AWS
network_survey     the same for a VPC
facts              what the surveys found, as plain values
causes, checks     from facts to likely causes: a table of checks, in order
endpoints, packets, names, policies
                   what endpoints, routes, groups, access lists, name servers and endpoint policies let through
world, explain     the facts in the words of the policy pack's model, and what its reasoning says of them
capture            a VPC as a file, for the pack to reason on
preferences        what the account's session preferences need
console            what the instance itself printed
display, report    what a person sees meanwhile; the table at the end, or one JSON document
"""
