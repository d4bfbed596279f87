"""What a machine needs to render, looked at one by one, each with what to do where it is not well."""
