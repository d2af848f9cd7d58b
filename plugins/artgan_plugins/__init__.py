"""The plugins that ship with artgan. They use nothing that a third-party plugin couldn't use."""
