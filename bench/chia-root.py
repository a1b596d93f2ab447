"""Makes the folder that Chia's crawler runs from, for testnet11.

The one argument is JSON: {"root": folder, "seeder": settings that differ from those that come with it}.
"""

import json
import sys
from pathlib import Path

from chia.cmds.init_funcs import chia_init
from chia.util.config import lock_and_load_config, save_config

wanted = json.loads(sys.argv[1])
root = Path(wanted["root"])
chia_init(root, should_check_keys=False, testnet=True)
with lock_and_load_config(root, "config.yaml") as config:
    config["seeder"]["logging"].update(log_stdout=True)
    config["seeder"].update(wanted["seeder"])
    save_config(root, "config.yaml", config)
