"""The OpenAPI document, made true and complete, and the page that shows it."""
