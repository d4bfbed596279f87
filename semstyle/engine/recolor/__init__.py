"""The style's colours on the content, region by region, without a network (after Yang, Price, Cohen & Yang 2015)."""
