"""The console: runs, answers and experiments of a folder in the browser. Nothing in the folder is written."""
