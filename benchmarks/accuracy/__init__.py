"""Accuracy of forecasts, beside simple models and other packages."""
