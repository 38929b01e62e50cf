"""The checks, each from plain facts to the causes that it sees; `causes` puts them in order."""
