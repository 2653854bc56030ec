"""A time server. Locally, `flask run` serves it as well: nothing in here knows of Lambda."""

from datetime import datetime, timezone

from flask import Flask, jsonify

app = Flask(__name__)


@app.route("/")
def index():
    return "Ask for /time.\n", {"content-type": "text/plain"}


@app.route("/time")
def time():
    app.logger.warning("somebody asked for the time")  # Flask shows warnings and worse by default
    return jsonify(time=datetime.now(timezone.utc).isoformat(timespec="seconds"))
