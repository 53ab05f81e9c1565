"""``python -m awswhitelist``."""

import sys

from awswhitelist.cli import main

if __name__ == "__main__":
    sys.exit(main())
