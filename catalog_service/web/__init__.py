"""The pages that people read: server-rendered, without scripts, all assets from this folder."""
