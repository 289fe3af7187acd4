"""Graph → shapes, `torch.fx.GraphModule` and readable source."""
