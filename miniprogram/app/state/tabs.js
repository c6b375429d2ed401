/**
 * Marks the tab of a page that is shown.
 *
 * @param {any} page
 * @param {number} selected
 */
function showTab(page, selected) {
  const bar = page.getTabBar && page.getTabBar();
  if (bar) bar.setData({ selected });
}

module.exports = { showTab };
