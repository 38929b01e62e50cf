"""The components for programs in every language that Pulumi speaks.

__main__      what the engine starts
provider      tells the schema, and has components made
inferred      the schema that they have, how they are made, and how an error reaches a person
reading       what a program gives, as plain values where it decides what is made
kinds         the maps that several arguments hold
session       what the session preferences ask of the others
network       SsmNetwork
existing      ExistingNetwork
machines      what an instance and a fleet have in common
instance      SsmInstance
fleet         SsmFleet
preferences   SessionPreferences
operators     OperatorAccess
default_host  DefaultHostManagement
command       SsmCommand

Each is a thin wrapper: its arguments have the names and the meaning of this project's settings, whose readers check
them, and the component of `components` is its child. Arguments are TypedDicts in camel case: Pulumi's SDK hands them
over as maps with the names of the schema, and the readers take these. No module here may postpone its annotations
(`from __future__ import annotations`): the SDK takes text for no type.
"""
