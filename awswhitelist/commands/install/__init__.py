"""`install CLIENT` and `uninstall CLIENT`: our entry in the configuration of an MCP client.

`interface` has the nouns, `clients` the table of clients, `installing` what install and uninstall
do, `command` their command lines. A format is a module: `json_format` (which edits by what `jsonc`
finds) and `toml_format`; `files` reads, backs up and replaces.
"""
