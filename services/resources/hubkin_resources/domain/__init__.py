"""Values and rules of hardware: profiles, pools, shapes, the site file.  Pure."""
