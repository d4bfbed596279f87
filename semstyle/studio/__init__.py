"""The painter's page: a local web application in which a person paints maps and watches them become a picture."""
