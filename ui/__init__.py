"""The chat page: `render` turns answers into escaped HTML, `app` serves them with Gradio."""
