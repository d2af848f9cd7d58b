"""A tracker."""

import artgan


class Diary(artgan.Tracker):
    def start(self, event):  # an artgan.training.events.Started
        self.file = (self.run.path / "diary.txt").open("a")
        print(
            "from step",
            event.first_step,
            self.configuration()["model"],
            self.run.record["config"]["seed"],
            file=self.file,
        )

    def log(self, step, metrics):
        print("step", step, *metrics, file=self.file)

    def show(self, step, sheet):  # (H, W, C) uint8, C is 3 or 4
        print("samples", step, sheet.ndim, file=self.file)

    def go_back(self, step):
        print("back to", step, file=self.file)

    def finish(self, status):
        print(status, file=self.file)
        self.file.close()
