"""Makes the folders that Chia's full nodes run from, as `chia init --testnet` does, each with a certificate of its own, and changes some settings.

The one argument is JSON: a list of {"root": folder, "full_node": settings}.
"""

import json
import sys
from pathlib import Path

from chia.cmds.init_funcs import chia_init
from chia.util.config import lock_and_load_config, save_config

for wanted in json.loads(sys.argv[1]):
    root = Path(wanted["root"])
    chia_init(root, should_check_keys=False, testnet=True)
    with lock_and_load_config(root, "config.yaml") as config:
        node = config["full_node"]
        node["logging"].update(log_stdout=True, log_level="INFO")
        node.update(wanted["full_node"])
        save_config(root, "config.yaml", config)
