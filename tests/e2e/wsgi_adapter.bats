# The WSGI adapter, by its own unit tests in Python.

@test "the WSGI adapter conforms to PEP 3333 and to the payload formats" {
    python=/usr/bin/python3
    [ -x "$python" ] || python=python3
    PYTHONDONTWRITEBYTECODE=1 run "$python" -W error::ResourceWarning "$BATS_TEST_DIRNAME/../fixtures/wsgi/test_wsgi_adapter.py"
    echo "$output"
    [ "$status" -eq 0 ]
}
