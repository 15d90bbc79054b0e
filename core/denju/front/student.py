"""What a front end does about the student's model: choose it, and see what the machine gives it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from denju.paths import Paths
    from denju.student.models import CopyProgress, ModelFile, ModelStore


class StudentFront(ABC):
    """The student's part of the workbench."""

    paths: Paths

    @property
    @abstractmethod
    def models(self) -> ModelStore: ...

    def use_model(self, name: str, progress: CopyProgress) -> ModelFile:
        """Let the student run ``practice``, a copied model, or a file, which is checked and copied first.

        A layout of the prompt that was set for another model is not kept: the new model's own serves.

        Raises:
            NotFound, ModelFileError, StorageError: it is not there, cannot be run, or cannot be copied.
            SettingsError: the settings file cannot be read.
        """
        import os
        from pathlib import Path

        from denju.settings import Settings, write

        # A file wins over the name of a copy; "practice" always means the model inside the package. What only looks
        # like a file is taken for one too, so that the system says what is wrong with it.
        looks_so = os.sep in name or name.lower().endswith(".gguf")
        # Path.exists raises where the system does not let anybody look.
        is_file = name != "practice" and (looks_so or os.path.exists(name))  # noqa: PTH110
        model = self.models.use(Path(name), progress) if is_file else self.models.find(name)
        chosen = "practice" if model.practice else model.sha256
        kept = Settings.load(self.paths.settings, {})
        before = kept.text("student.model")
        if not (before and chosen.startswith(before)) and kept.text("student.template") != "auto":
            write(self.paths.settings, "student.template", "auto")
        write(self.paths.settings, "student.model", chosen)
        return model

    def processor(self) -> tuple[int, str]:
        """Cores that this process may use, and which build of the student's library fits them.

        Raises:
            StudentError: there is none for this machine.
        """
        from denju.student.native import allowed_cores, instruction_set

        return allowed_cores(), instruction_set()
