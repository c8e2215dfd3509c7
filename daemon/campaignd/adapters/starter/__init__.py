"""Starter campaigns: what the vendors list, as a commented file to begin with."""

from campaignd.adapters.starter.composing import Placement, compose
from campaignd.adapters.starter.facts import Choice, Facts, Wanted
from campaignd.adapters.starter.naming import name_campaign
from campaignd.adapters.starter.picking import StarterRefused, called
from campaignd.adapters.starter.sizing import count_simulations
from campaignd.adapters.starter.survey import list_testable, survey
from campaignd.adapters.starter.writing import refuse_existing, write_text

__all__ = [
    "Choice",
    "Facts",
    "Placement",
    "StarterRefused",
    "Wanted",
    "called",
    "compose",
    "count_simulations",
    "list_testable",
    "name_campaign",
    "refuse_existing",
    "survey",
    "write_text",
]
