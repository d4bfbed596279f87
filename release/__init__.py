"""Whether a release is fit to be published: `make release-check`. Not part of what is published."""
