"""Settings: what can be set, where it is read from, and the secrets that campaigns name.

Secrets are `SecretStr` and never printed.
"""

from campaignd.settings.faults import SettingsInvalid
from campaignd.settings.loading import default_database_url, load_settings
from campaignd.settings.model import (
    PREFIX,
    BudgetSettings,
    CotoolSettings,
    CovalSettings,
    Settings,
    VendorSettings,
)
from campaignd.settings.secrets import Secrets, found_secrets, variable_of
from campaignd.settings.variables import unknown_variables

__all__ = [
    "PREFIX",
    "BudgetSettings",
    "CotoolSettings",
    "CovalSettings",
    "Secrets",
    "Settings",
    "SettingsInvalid",
    "VendorSettings",
    "default_database_url",
    "found_secrets",
    "load_settings",
    "unknown_variables",
    "variable_of",
]
