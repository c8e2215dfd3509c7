"""What can go wrong with settings."""


class SettingsInvalid(Exception):
    """Settings that cannot work; each line names one and says what would be right."""
