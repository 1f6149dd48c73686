"""Duisburg's story: from the bootcamp in 2020 to the city's decision after the first year."""

from qualipath.scenarios.duisburg.stage import CITY, HR, HR_ADDRESS, PATH
from qualipath.scenarios.duisburg.story import play

__all__ = ["CITY", "HR", "HR_ADDRESS", "PATH", "play"]
