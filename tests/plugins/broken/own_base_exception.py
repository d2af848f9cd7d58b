class GiveUp(BaseException):
    pass


raise GiveUp("no licence")
