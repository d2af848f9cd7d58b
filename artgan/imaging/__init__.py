"""Pictures on disk: PNG, XMP, content credentials, contact sheets and video. Knows no model."""
