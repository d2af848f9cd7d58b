"""The plugins that come with artgan. They use nothing that a stranger's plugin couldn't use."""
