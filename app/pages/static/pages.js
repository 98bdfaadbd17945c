// What every page of staff has: menu, drawers, forms, refreshing parts, keys.
import "./drawers.js";
import "./forms.js";
import "./keys.js";
import "./menu.js";
import "./refresh.js";
